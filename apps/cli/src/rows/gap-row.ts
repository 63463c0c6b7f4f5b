import { isoText } from '@vision-cache/cache-keys';
import type { Gap } from '@vision-cache/data-source-manager';

/** A gap as it is told. */
export interface GapRow {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly evidence: string;
}

export const gapRow = ({ start, end, kind, evidence }: Gap): GapRow => ({
  from: isoText(start),
  to: isoText(end),
  kind,
  evidence,
});
