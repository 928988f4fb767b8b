// Which part of a picture is of which region: one label a pixel.

/** Labels at another size, each the nearest: none is made between two. Without a mask all are 0. */
export function fittedLabels(mask, width, height) {
  const fitted = new Uint8Array(width * height);
  if (!mask) return fitted;
  const nearest = (place, size, old) => Math.floor(((2 * place + 1) * old) / (2 * size));
  for (let y = 0, at = 0; y < height; y++) {
    const row = nearest(y, height, mask.height) * mask.width;
    for (let x = 0; x < width; x++, at++) fitted[at] = mask.labels[row + nearest(x, width, mask.width)];
  }
  return fitted;
}

/** Labels that a brush changes. */
export class RegionLabels {
  /** @param {number} width  @param {number} height  @param {number | Uint8Array} first  of all at first, or of each */
  constructor(width, height, first) {
    const labels = typeof first === "number" ? new Uint8Array(width * height).fill(first) : first;
    Object.assign(this, { width, height, labels });
  }

  fill(label) {
    this.labels.fill(label);
  }

  /** A line with round ends; places and `radius` in pixels of the labels. */
  draw(label, [fromX, fromY], [toX, toY], radius) {
    const [dx, dy] = [toX - fromX, toY - fromY];
    const length = dx * dx + dy * dy;
    const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    const top = within(Math.min(fromY, toY) - radius, this.height);
    const bottom = within(Math.max(fromY, toY) + radius, this.height);
    const left = within(Math.min(fromX, toX) - radius, this.width);
    const right = within(Math.max(fromX, toX) + radius, this.width);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const [px, py] = [x + 0.5 - fromX, y + 0.5 - fromY];
        const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
        const apart = (px - along * dx) ** 2 + (py - along * dy) ** 2;
        if (apart <= radius * radius) this.labels[y * this.width + x] = label;
      }
    }
  }
}
