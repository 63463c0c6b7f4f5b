/** A channel without subscribers: browsers have no `node:diagnostics_channel`. */
export function channel(_name: string): { readonly hasSubscribers: boolean; publish(message: unknown): void } {
  return { hasSubscribers: false, publish: () => undefined };
}
