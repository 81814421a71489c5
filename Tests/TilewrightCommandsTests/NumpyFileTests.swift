// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Python that defines `types`: the types of `numpy` and `ml_dtypes` by their short names here.
private let pythonTypes = """
  import io, sys
  import numpy as np, ml_dtypes as ml
  types = dict(
    f64=np.float64, f32=np.float32, f16=np.float16, bf16=ml.bfloat16, e4m3=ml.float8_e4m3fn,
    e5m2=ml.float8_e5m2, e2m3=ml.float6_e2m3fn, e3m2=ml.float6_e3m2fn, e2m1=ml.float4_e2m1fn,
    e8m0=ml.float8_e8m0fnu, u8=np.uint8, i8=np.int8, u16=np.uint16, i16=np.int16, u32=np.uint32,
    i32=np.int32, u64=np.uint64, i64=np.int64)
  def sample(name, shape):
    width = np.dtype(types[name]).itemsize
    count = int(np.prod(shape)) * width
    raw = (np.arange(count) * 37 % 251).astype(np.uint8)
    return raw.view(types[name]).reshape(shape)

  """

/// An array for numpy to save: the sample array of a type and shape, in an order and a version.
private struct Request {
  /// The type of the elements.
  var type: NumpyElementType
  /// The extents.
  var shape: [Int]
  /// `C` or `F`.
  var order = "C"
  /// The major version of the format.
  var version = 1

  /// The request as a script's argument.
  var argument: String {
    let extents = shape.map(String.init).joined(separator: " ")
    return "\(type.rawValue),\(extents),\(order),\(version)"
  }
}

/// Returns the files that numpy saves; one call is for all of them, since Python starts slowly.
private func saved(_ requests: [Request]) throws -> [[UInt8]] {
  let script =
    pythonTypes + """
      for request in sys.argv[1:]:
        name, extents, order, version = request.split(",")
        array = np.array(sample(name, tuple(int(x) for x in extents.split())), order=order)
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version=(int(version), 0))
        sys.stdout.buffer.write(len(file.getvalue()).to_bytes(4, "little") + file.getvalue())
      """
  var output = try runPython(script, arguments: requests.map(\.argument))[...]
  var files: [[UInt8]] = []
  while !output.isEmpty {
    let count = output.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    files.append(Array(output.dropFirst(4).prefix(count)))
    output = output.dropFirst(4 + count)
  }
  try #require(files.count == requests.count)
  return files
}

/// Returns the sample array that `saved` makes numpy save.
private func sample(_ type: NumpyElementType, _ shape: [Int]) -> NumpyArray {
  let count = shape.reduce(type.byteCount, *)
  let bytes = (0..<count).map { UInt8($0 * 37 % 251) }
  return NumpyArray(elementType: type, shape: shape, bytes: bytes)
}

/// Returns the bytes of a file of version 1.0 with that text as its header.
private func file(header: String, elements: [UInt8] = []) -> [UInt8] {
  let count = header.utf8.count
  let prefix = NumpyHeader.magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)]
  return prefix + Array(header.utf8) + elements
}

/// Returns the error for a file with these bytes, if it is refused.
private func refusal(
  of bytes: [UInt8], as type: NumpyElementType? = nil
) -> NumpyError? {
  do {
    _ = try NumpyArray(file: bytes, path: "a.npy", as: type)
    return nil
  } catch {
    return error
  }
}

@Suite struct `A .npy file` {
  @Test func `is written as numpy writes it, and read back`() throws {
    let shapes = [[], [5], [2, 3], [0, 3], [2, 3, 4], [1, 1, 1, 1]]
    let requests = NumpyElementType.allCases.flatMap { type in
      shapes.map { Request(type: type, shape: $0) }
    }
    for (request, file) in zip(requests, try saved(requests)) {
      let array = sample(request.type, request.shape)
      #expect(array.file == file, "\(request)")
      let read = try NumpyArray(file: file, path: "a.npy", as: request.type)
      #expect(read == array, "\(request)")
    }
  }

  @Test func `of a known type needs no name`() throws {
    for type in NumpyElementType.allCases {
      let bytes = sample(type, [2, 3]).file
      if type.mustBeNamed {
        let descriptor = type.descriptor
        #expect(refusal(of: bytes) == .typeNotNamed(path: "a.npy", descriptor: descriptor))
      } else {
        #expect(try NumpyArray(file: bytes, path: "a.npy").elementType == type)
      }
    }
  }

  @Test func `of each version is read`() throws {
    let requests = (1...3).map { Request(type: .float32, shape: [3, 2], version: $0) }
    for (request, file) in zip(requests, try saved(requests)) {
      #expect(file[6] == UInt8(request.version))
      #expect(try NumpyArray(file: file, path: "a.npy") == sample(.float32, [3, 2]))
    }
  }

  @Test func `in Fortran order is brought into C order`() throws {
    let shapes = [[4], [2, 3], [3, 1], [2, 3, 4], [2, 1, 3, 2], [0, 2]]
    let requests = [NumpyElementType.uint8, .bfloat16, .float64].flatMap { type in
      shapes.map { Request(type: type, shape: $0, order: "F") }
    }
    for (request, file) in zip(requests, try saved(requests)) {
      let read = try NumpyArray(file: file, path: "a.npy")
      #expect(read == sample(request.type, request.shape), "\(request)")
    }
  }

  @Test func `with many extents is one that numpy reads`() throws {
    let array = NumpyArray(
      elementType: .int16, shape: [Int](repeating: 1, count: 60) + [123, 2],
      bytes: [UInt8](repeating: 1, count: 492))
    #expect(array.file.count % 64 == 492 % 64)
    let script = """
      import io, sys, numpy
      print(numpy.load(io.BytesIO(sys.stdin.buffer.read())).shape[-3:])
      """
    let output = try runPython(script, input: array.file)
    #expect(String(decoding: output, as: UTF8.self) == "(1, 123, 2)\n")
  }

  @Test func `whose header is too long for version 1 is of version 2`() throws {
    let shape = [Int](repeating: 1, count: 30_000)
    let array = NumpyArray(elementType: .uint8, shape: shape, bytes: [9])
    #expect(array.file[6] == 2)
    #expect(try NumpyArray(file: array.file, path: "a.npy") == array)
  }

  @Test func `may be written in other ways than numpy's own`() throws {
    let header = "{\"shape\":(2L ,3),\n'descr':'|V2','fortran_order':False}"
    let array = try NumpyArray(file: file(header: header, elements: [UInt8](0..<12)), path: "a")
    #expect(array == NumpyArray(elementType: .bfloat16, shape: [2, 3], bytes: [UInt8](0..<12)))
  }
}

@Suite struct `A .npy file on disk` {
  @Test func `is written and read, and replaces another`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("ä b.npy")
    for shape in [[100, 3], [2]] {
      let array = sample(.float16, shape)
      try array.write(to: path)
      #expect(try NumpyArray(contentsOf: path) == array)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["ä b.npy"])
  }

  @Test func `that is not there is an error`() throws {
    let path = try TemporaryDirectory().file("a.npy")
    #expect(throws: NumpyError.fileNotFound(path: path)) { try NumpyArray(contentsOf: path) }
  }

  @Test func `that is a directory is an error, and stays one`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    #expect(throws: NumpyError.unreadableFile(path: path, reason: "it is a directory")) {
      try NumpyArray(contentsOf: path)
    }
    #expect(throws: NumpyError.self) { try sample(.uint8, [1]).write(to: path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
  }

  @Test func `in a directory that is not there is an error`() throws {
    let path = try TemporaryDirectory().path + "/none/a.npy"
    let error = #expect(throws: NumpyError.self) { try sample(.uint8, [1]).write(to: path) }
    guard case .unwritableFile(path, let reason)? = error else {
      Issue.record("The error was \(String(describing: error)).")
      return
    }
    #expect(reason == "No such file or directory")
  }

  @Test func `is written where a symbolic link leads`() throws {
    let directory = try TemporaryDirectory()
    let (path, link) = (directory.file("a.npy"), directory.file("b.npy"))
    try sample(.uint8, [1]).write(to: path)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    try sample(.uint8, [2]).write(to: link)
    #expect(try NumpyArray(contentsOf: path).shape == [2])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
  }

  @Test func `does not take the place of a pipe`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: NumpyError.unwritableFile(path: path, reason: "it is not a regular file")) {
      try sample(.uint8, [1]).write(to: path)
    }
  }
}

@Suite struct `What is said of a .npy file` {
  @Test(arguments: [
    NumpyError.fileNotFound(path: "a"), .unreadableFile(path: "a", reason: "it is a directory"),
    .unwritableFile(path: "a", reason: "No space left"), .notNumpyFile(path: "a"),
    .malformedHeader(path: "a", offset: 1, expected: "a string"),
    .unsupportedType(path: "a", descriptor: "<c8\n"),
    .bigEndianType(path: "a", descriptor: ">f4"), .typeNotNamed(path: "a", descriptor: "<V1"),
    .typeMismatch(path: "a", descriptor: "<f4", named: .int32),
    .shapeOverflow(path: "a", shape: String(repeating: "9", count: 1000)),
    .truncated(path: "a", expectedByteCount: 2, foundByteCount: 1),
    .trailingBytes(path: "a", expectedByteCount: 2, foundByteCount: 3),
  ])
  func `is one sentence on one line`(error: NumpyError) {
    let text = error.description
    #expect(text.hasPrefix("The") && text.hasSuffix("."))
    #expect(!text.contains(". ") && !text.contains("\n") && text.count < 150)
  }

  @Test func `shows the numbers`() {
    let error = NumpyError.truncated(path: "b.npy", expectedByteCount: 152, foundByteCount: 20)
    #expect(
      error.description == "The file b.npy is truncated: it should have 152 bytes but has 20.")
  }
}

@Suite struct `A .npy file is refused` {
  /// The start of a dictionary, up to the shape's extents.
  static let start = "{'descr': '<f4', 'fortran_order': False, 'shape': "

  @Test func `where it is truncated anywhere, or continues`() {
    let bytes = sample(.float32, [2, 3]).file
    for count in bytes.indices {
      let error = refusal(of: Array(bytes[..<count]))
      switch count {
      case ..<6:
        #expect(error == .notNumpyFile(path: "a.npy"))
      default:
        guard case .truncated("a.npy", let expected, count)? = error else {
          Issue.record("\(count) bytes: \(String(describing: error))")
          continue
        }
        #expect(expected > count)
      }
    }
    let expected = NumpyError.trailingBytes(
      path: "a.npy", expectedByteCount: 152, foundByteCount: 153)
    #expect(refusal(of: bytes + [0]) == expected)
  }

  @Test func `where its version is not known`() {
    var bytes = sample(.float32, [2]).file
    bytes[6] = 4
    #expect(refusal(of: bytes) == .unsupportedVersion(path: "a.npy", major: 4, minor: 0))
  }

  @Test(arguments: [
    "(9223372036854775807, 2)", "(4294967296, 4294967296)", "(2305843009213693952,)",
    "(2305843009213693951,)", "(99999999999999999999,)",
  ])
  func `where its shape is too large`(shape: String) {
    let error = refusal(of: file(header: Self.start + shape + "}"))
    guard case .shapeOverflow("a.npy", let shown)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(shape.contains(shown))
  }

  @Test func `not where a large shape has an extent of zero`() {
    let shape = "(9223372036854775807, 9223372036854775807, 0)"
    #expect(refusal(of: file(header: Self.start + shape + "}")) == nil)
  }

  @Test(arguments: [
    ("", 10), ("[]", 10), ("{", 11), ("{}", 12), ("{'descr': '<f4'}", 26),
    (start + "(3)}", 63), (start + "(-1,)}", 61), (start + "(1 2)}", 63), (start + "(,)}", 61),
    (start + "(1,)", 64), (start + "(1,)} x", 66), (start + "(1,), 'shape': (1,)}", 66),
    (start + "(1,), 'size': 3}", 66), ("{'descr': 'a\\'b'}", 20), ("{'descr': 'ab", 20),
    ("{'descr': 4}", 20), ("{'fortran_order': 1}", 28), ("{descr: '<f4'}", 11),
    ("{'descr' '<f4'}", 19),
  ])
  func `where its header is malformed`(header: String, offset: Int) {
    let error = refusal(of: file(header: header, elements: [0, 0, 0, 0]))
    guard case .malformedHeader("a.npy", offset, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `where numpy's types are not ours`() throws {
    let types = ["'>f4'", "'>u2'", "'c8'", "'U3'", "'?'", "'V3'", "[('a', 'f4')]", "'M8[s]'"]
    let script = """
      import io, sys, numpy
      for type in sys.argv[1:]:
        file = io.BytesIO()
        numpy.save(file, numpy.zeros(1, eval(type)))
        sys.stdout.buffer.write(file.getvalue()[:128].ljust(128))
      """
    let output = try runPython(script, arguments: types)
    for (index, type) in types.enumerated() {
      let error = refusal(of: Array(output[(index * 128)...].prefix(128)), as: .float32)
      switch error {
      case .bigEndianType("a.npy", let descriptor)?: #expect(type.contains(descriptor))
      case .unsupportedType("a.npy", _)?: #expect(!type.contains(">"))
      default: Issue.record("\(type): \(String(describing: error))")
      }
    }
  }

  @Test func `where its type is not the one named`() {
    let floats = sample(.float32, [2]).file
    #expect(
      refusal(of: floats, as: .int32)
        == .typeMismatch(path: "a.npy", descriptor: "<f4", named: .int32))
    #expect(
      refusal(of: sample(.bfloat16, [2]).file, as: .float8E4M3)
        == .typeMismatch(path: "a.npy", descriptor: "<V2", named: .float8E4M3))
  }

  @Test(arguments: UInt64(0)..<32)
  func `or read, but never crashes, whatever its bytes`(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let originals = [
      sample(.float32, [2, 3]).file, sample(.bfloat16, []).file,
      file(header: Self.start + "(9, 99999999999, 4)}"),
      file(header: "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", elements: [1, 2]),
    ]
    for _ in 0..<2_000 {
      var bytes = originals.randomElement(using: &generator) ?? []
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        Self.mutate(&bytes, &generator)
      }
      if let error = refusal(of: bytes) {
        #expect(error.description.hasSuffix("."))
        #expect(!error.description.contains("\n"))
      }
    }
  }

  /// Changes, removes, duplicates, exchanges or inserts bytes at a random index.
  static func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    guard let index = bytes.indices.randomElement(using: &generator) else { return }
    let tokens = ["'", "(", ")", "{", "}", "[", ",", "\\", "True", "99999999999", "L", "\n", ">"]
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: index)
    case 2: bytes.removeSubrange(index...)
    case 3: bytes.insert(contentsOf: bytes[index...], at: index)
    default:
      let token = tokens.randomElement(using: &generator) ?? ""
      bytes.replaceSubrange(index..<min(index + 1, bytes.count), with: Array(token.utf8))
    }
  }
}
