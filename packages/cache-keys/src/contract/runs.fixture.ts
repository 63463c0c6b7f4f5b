/** How many cases a property is tried with; fewer where every test runs for hundreds of mutants. */
export function runs(numRuns: number): { readonly numRuns: number } {
  const limit = Number(process.env['VISION_CACHE_PROPERTY_RUNS'] ?? Infinity);
  return { numRuns: Math.min(numRuns, limit) };
}
