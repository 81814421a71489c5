// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Tilewright

/// y = alpha · x, one thread for each element.
let scale = Kernel<
  AnyArchitecture, Float, GlobalBuffer<Float>, GlobalBuffer<Float>, UInt32
>("scale", parameters: ["alpha", "x", "y", "count"]) { k, alpha, x, y, count in
  let i = k.blockIndex.x * k.blockDimension.x + k.threadIndex.x
  k.if(i < count) { y[i] = alpha * x[i] }
}

let device = DefaultDevice()  // The first usable GPU, and otherwise the simulator.
print(device.summary)

let count = 10_000
let x = try device.makeBuffer((0..<count).map(Float.init))
let y = try device.makeBuffer(of: Float.self, count: count)
try device.launch(scale, grid: 40, block: 256, 2.5, x, y, UInt32(count))

let result = try y.read()
let isRight = result.enumerated().allSatisfy { $1 == 2.5 * Float($0) }
print(isRight ? "y[1] is \(result[1]), and all \(count) elements are right." : "y is wrong.")
