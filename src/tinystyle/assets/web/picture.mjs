// Between pictures and tensors. A page that paints needs these two functions, a session and no more.

/**
 * A picture (anything that drawImage takes) as a network's input.
 * input: { dims: [n, 3, h, w] or [n, h, w, 3], type: "float32" or "uint8", channels_first }
 * Floats are 0..1. Gives back a typed array of all dims; pictures of a batch are the same.
 */
export function toTensorData(picture, input) {
  const [count, height, width] = sizes(input);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data;
  const pixels = height * width;
  const one = input.type === "uint8" ? new Uint8Array(3 * pixels) : new Float32Array(3 * pixels);
  const scale = input.type === "uint8" ? 1 : 1 / 255;
  const [pixelStep, channelStep] = input.channels_first ? [1, pixels] : [3, 1];
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      one[pixel * pixelStep + channel * channelStep] = rgba[4 * pixel + channel] * scale;
    }
  }
  if (count === 1) return one;
  const all = new one.constructor(count * one.length);
  for (let index = 0; index < count; index++) all.set(one, index * one.length);
  return all;
}

/** The first picture of a network's output as ImageData, for putImageData. */
export function toImageData(data, dims, channelsFirst) {
  const [, height, width] = sizes({ dims, channels_first: channelsFirst });
  const pixels = height * width;
  const image = new ImageData(width, height);
  const scale = data instanceof Uint8Array ? 1 : 255;
  const [pixelStep, channelStep] = channelsFirst ? [1, pixels] : [3, 1];
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      // A Uint8ClampedArray rounds and clips by itself.
      image.data[4 * pixel + channel] = data[pixel * pixelStep + channel * channelStep] * scale;
    }
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}

function sizes({ dims, channels_first }) {
  return channels_first ? [dims[0], dims[2], dims[3]] : [dims[0], dims[1], dims[2]];
}
