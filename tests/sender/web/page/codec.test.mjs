// The page's codec beside the Python one (file: what codec_samples.py made), and what only the page has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { ColourConverter } from "../../../../sender/web/page/codec/colour.js";
import { conditions, quantiserOf, restorationStrength } from "../../../../sender/web/page/codec/generator.js";
import { BitstreamError, PayloadChain, codedSize, crc32 } from "../../../../sender/web/page/codec/hybrid_header.js";
import { MotionField } from "../../../../sender/web/page/codec/motion.js";
import { Pace } from "../../../../sender/web/page/codec/pace.js";
import { Shape, carry, padded, toRgba } from "../../../../sender/web/page/codec/pictures.js";

const SAMPLES = JSON.parse(readFileSync(process.env.CODEC_SAMPLES, "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

test("the checksum is zlib's, and goes on", () => {
  for (const [text, expected] of SAMPLES.crc) assert.equal(crc32(Buffer.from(text)), expected);
  assert.equal(crc32(Buffer.from("cast"), crc32(Buffer.from("narrow"))), crc32(Buffer.from("narrowcast")));
});

test("payloads are unpacked in their chain", () => {
  const chain = new PayloadChain();
  for (const { payload, crf, stream, packet } of SAMPLES.payloads) {
    const found = chain.unpack(bytes(payload));
    assert.deepEqual([found.crf, found.stream, Buffer.from(found.packet).toString("hex")], [crf, stream, packet]);
  }
  assert.deepEqual(codedSize(SAMPLES.payloads[12].stream), { width: 322, height: 182 });
});

test("a payload that is lost or altered breaks the chain until the next keyframe", () => {
  const [key, first, second] = SAMPLES.payloads.map(({ payload }) => bytes(payload));
  const chain = new PayloadChain();
  assert.throws(() => chain.unpack(first), BitstreamError);
  chain.unpack(key);
  assert.throws(() => chain.unpack(second), /frame 2 came, 1 is next/);
  assert.throws(() => chain.unpack(first), /no keyframe/);
  chain.unpack(key);
  const altered = first.slice();
  altered[5] ^= 1;
  assert.throws(() => chain.unpack(altered), /altered/);
  for (const payload of [new Uint8Array(), Uint8Array.of(0x91), key.subarray(0, 8), new Uint8Array(20)]) {
    assert.throws(() => new PayloadChain().unpack(payload), BitstreamError);
  }
});

test("the generator is told what the Python one is told", () => {
  const near = (a, b) => a.forEach((value, index) => assert.ok(Math.abs(value - b[index]) < 1e-9));
  for (const { stream, crf, keyframe, told, strength } of SAMPLES.conditions) {
    near(conditions(stream, crf, keyframe), told);
    near([restorationStrength(stream.detail, quantiserOf(stream, crf))], [strength]);
  }
});

test("texture is carried over as the Python formulas say", () => {
  const { side, strength, pictures, expected } = SAMPLES.carried;
  const given = Object.fromEntries(Object.entries(pictures).map(([name, text]) => [name, floats(text)]));
  const found = carry(new Shape(side, side), { ...given, strength });
  for (const [name, text] of Object.entries(expected)) {
    floats(text).forEach((value, at) => assert.ok(Math.abs(found[name][at] - value) < 2e-5, `${name} ${at}`));
  }
});

test("a picture survives the way to floats and back, its edges repeated", () => {
  const shape = new Shape(70, 65);
  assert.deepEqual([shape.stride, shape.rows], [80, 80]);
  const rgba = Uint8ClampedArray.from({ length: 4 * 70 * 65 }, (_, at) => (at % 4 === 3 ? 255 : (at * 7) % 256));
  const picture = padded(shape, rgba);
  assert.deepEqual(toRgba(shape, picture, 255), rgba);
  assert.equal(picture[3 * 79], picture[3 * 69]);
  assert.equal(picture[3 * (79 * 80 + 3)], picture[3 * (64 * 80 + 3)]);
});

test("grey stays grey, and colour is BT.601 in its limited range", () => {
  const planes = (y, u, v) => ({
    width: 64, height: 64, y: new Uint8Array(4096).fill(y), u: new Uint8Array(1024).fill(u), v: new Uint8Array(1024).fill(v),
  });
  for (const format of ["av1", "h264"]) {
    const of = (...yuv) => [...new ColourConverter(64, 64, format).toRgba(planes(...yuv)).subarray(2000, 2004)];
    assert.deepEqual(of(16, 128, 128), [0, 0, 0, 255]);
    assert.deepEqual(of(235, 128, 128), [255, 255, 255, 255]);
    assert.deepEqual(of(81, 90, 240), [254, 0, 0, 255]);
  }
});

function scene(width, height, dx, dy) {
  const value = (x, y) => 128 + 60 * Math.sin(x / 5) * Math.cos(y / 7) + 50 * Math.sin((x + 2 * y) / 11);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at += 1) rgba.fill(value((at % width) - dx, Math.floor(at / width) - dy), 4 * at, 4 * at + 4);
  return rgba;
}

test("motion is found, parts of pixels too, and pictures move along it", () => {
  const [width, height] = [160, 96];
  for (const [dx, dy] of [[0, 0], [3, -2], [10, 6], [1.5, 0.5]]) {
    const field = new MotionField(width, height);
    const shape = new Shape(width, height);
    const [before, now] = [padded(shape, scene(width, height, 0, 0)), padded(shape, scene(width, height, dx, dy))];
    const moved = shape.empty();
    field.follow(scene(width, height, 0, 0));
    field.follow(scene(width, height, dx, dy));
    field.move([{ from: before, to: moved }], width, height);
    let error = 0;
    let unmoved = 0;
    for (let y = 24; y < height - 24; y += 1) {
      for (let x = 24; x < width - 24; x += 1) {
        const at = 3 * (y * width + x);
        error += Math.abs(moved[at] - now[at]);
        unmoved += Math.abs(before[at] - now[at]);
      }
    }
    assert.ok(error <= 0.2 * unmoved, `moved by ${dx}, ${dy}: ${error} of ${unmoved} remains`);
  }
});

test("a picture behind one that was forgotten has not moved", () => {
  const field = new MotionField(64, 64);
  field.follow(scene(64, 64, 0, 0));
  field.forget();
  field.follow(scene(64, 64, 5, 0));
  assert.ok(field.xs.every((x) => x === 0));
});

function paced(generatorMs, pictures) {
  const pace = new Pace();
  const done = { paint: 0, carry: 0, rest: 0 };
  for (let nowMs = 0, count = 0; count < pictures; count += 1) {
    const doing = pace.begin(nowMs, 0);
    done[doing] += 1;
    if (doing === "paint") pace.painted(generatorMs);
    nowMs += Math.max(66, doing === "paint" ? generatorMs : 0);
  }
  return done;
}

test("the generator paints as often as it has the time to", () => {
  assert.deepEqual(paced(30, 100), { paint: 100, carry: 0, rest: 0 });
  const half = paced(80, 200);
  assert.ok(half.rest === 0 && half.paint > 95 && half.paint < 110, JSON.stringify(half));
  const seldom = paced(170, 200);
  assert.ok(seldom.rest === 0 && seldom.carry > 140, JSON.stringify(seldom));
  const never = paced(400, 1000);
  assert.ok(never.paint < 20 && never.rest > 900, JSON.stringify(never));
});

test("behind a backlog nothing is painted, unless always is wished for", () => {
  const pace = new Pace();
  assert.equal(pace.begin(0, 3), "carry");
  assert.equal(pace.begin(66, 0), "paint");
  pace.always = true;
  assert.equal(pace.begin(132, 9), "paint");
});
