// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary
import NumberFormats

/// The source of A and B: files, or a seed.
struct MatmulSource {
  /// The matrices' origin.
  enum Origin {
    /// Files, read.
    case files(a: MatrixFile, b: MatrixFile)
    /// Numbers of a kind, made from a seed.
    case seed(UInt64, MatmulInputs)
  }

  /// The matrices' origin.
  let origin: Origin

  /// The extents.
  let shape: MatmulShape

  /// Reads the files, and checks what the options say of the extents.
  init(
    a: String?, b: String?, m: Extent?, n: Extent?, k: Extent?, inputs: MatmulInputs,
    seed: UInt64
  ) throws {
    let m = try m?.checked("-m")
    let n = try n?.checked("-n")
    let k = try k?.checked("-k")
    switch (a, b) {
    case (nil, nil):
      origin = .seed(seed, inputs)
      let standard = MatmulShape.standard
      shape = MatmulShape(m: m ?? standard.m, n: n ?? standard.n, k: k ?? standard.k)
    case (.some, nil): throw InputError.inputWithout(given: "--a", missing: "--b")
    case (nil, .some): throw InputError.inputWithout(given: "--b", missing: "--a")
    case (let a?, let b?):
      let a = try MatrixFile(a, expected: "[m, k]")
      let b = try MatrixFile(b, expected: "[n, k]")
      guard a.columns == b.columns else {
        throw InputError.innerExtents(
          a: a.path, aShape: a.array.shape, b: b.path, bShape: b.array.shape)
      }
      try a.check("-m", m, is: a.rows)
      try b.check("-n", n, is: b.rows)
      try a.check("-k", k, is: a.columns)
      origin = .files(a: a, b: b)
      shape = MatmulShape(m: a.rows, n: b.rows, k: a.columns)
    }
  }

  /// The type of the kernel's elements where the user does not say: what both files have, or bf16.
  var naturalType: MatmulType {
    guard case .files(let a, let b) = origin else { return .bf16 }
    return [a, b].allSatisfy { $0.array.elementType == .float16 } ? .f16 : .bf16
  }

  /// Whether all sums are exact.
  var isExact: Bool {
    guard case .seed(_, let inputs) = origin else { return false }
    // No product of made integers is greater than 36.
    return inputs.isExact && shape.k <= (1 << 24) / 36
  }

  /// Returns A and B as a kernel takes them.
  func matrices<Element: NumberFormat>(
    of type: Element.Type
  ) throws(InputError) -> (a: [Element], b: [Element]) {
    switch origin {
    case .files(let a, let b): return (try a.elements(as: type), try b.elements(as: type))
    case .seed(let seed, let inputs):
      let seeds = OperandSeeds(seed)
      let a = inputs.matrix(of: type, rows: shape.m, columns: shape.k, seed: seeds.a)
      let b = inputs.matrix(of: type, rows: shape.n, columns: shape.k, seed: seeds.b)
      return (a, b)
    }
  }
}

/// The seeds of A and B: different ones, and those of one run are none of the next.
struct OperandSeeds: Equatable {
  /// The seed of A, and that of B.
  let a: UInt64, b: UInt64

  /// Creates the seeds of a run.
  init(_ seed: UInt64) {
    a = 2 &* seed
    b = 2 &* seed &+ 1
  }
}
