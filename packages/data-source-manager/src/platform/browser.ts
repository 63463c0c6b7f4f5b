/** A channel to which nobody can listen: browsers have no `node:diagnostics_channel`. */
export function channel(_name: string): { readonly hasSubscribers: boolean; publish(message: unknown): void } {
  return { hasSubscribers: false, publish: () => undefined };
}
