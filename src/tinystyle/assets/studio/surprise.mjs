// Styles that nobody painted (Shen et al. 2018, Figure 8), as `tinystyle experiment random` draws
// them: the generator is affine, so a random sum of the weights' deviations from their mean is a
// random hidden code with the mean and the covariance of the artworks'.

/** Random numbers 0..1 that follow from a seed (mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Shares of `count` artworks that add up to 1; some are negative. The same of the same seed. */
export function drawShares(seed, count) {
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const draws = Array.from({ length: count }, normal);
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / count;
  return draws.map((draw) => 1 / count + (draw - mean) / Math.sqrt(count - 1));
}

const MOST_SEEDS = 1e4;

/** Random styles of the artworks with these names. */
export function drawStyles(names, count) {
  const seeds = new Set();
  while (seeds.size < count) seeds.add(Math.floor(Math.random() * MOST_SEEDS));
  return [...seeds].map((seed) => ({
    name: `random-${seed}`,
    title: `№ ${seed}`,
    shares: drawShares(seed, names.length).map((share, index) => [names[index], share]),
  }));
}
