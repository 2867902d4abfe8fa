// What each figure of the page means, for somebody who sees it for the first time.

export const EXPLANATIONS = {
  state: "Whether what you see is happening now: “live” while pictures come, “not live” once none has come for a second.",
  stream: "How the sender codes the picture, its size in pixels, its quality from 0 (fewest bits) to 1 (best), and the sender's limit if it has one.",
  age: "The time since the camera took this picture: green up to half a second, amber up to two, red beyond.",
  mark: "A network painted this picture from a few bits: it is plausible, not evidence. Take a snapshot for the exact frame.",
  kbps: "How many thousand bits came to the receiver in a second, headers included: what this stream takes of the link.",
  fps: "How many new pictures were shown in a second; over a thin link there are fewer, and movement looks less smooth.",
  latency_ms: "How long it took from the camera until the receiver showed the picture, half of the pictures less, half more; the way to this browser comes on top.",
  realism: "A network's guess of how much the picture looks like a photograph, from 0 to 1.",
};
