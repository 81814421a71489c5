import Foundation
import TestSupport
import Testing

@testable import TilewrightCommands

/// Python that defines `types`: the types of `numpy` and `ml_dtypes` by our short names.
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

/// Returns the file that numpy saves of the sample array of a type and shape.
private func saved(
  _ type: NumpyElementType, _ shape: [Int], order: String = "C", version: Int = 1
) throws -> [UInt8] {
  let script =
    pythonTypes + """
      shape = tuple(int(x) for x in sys.argv[2].split())
      array = np.array(sample(sys.argv[1], shape), order=sys.argv[3])
      file = io.BytesIO()
      np.lib.format.write_array(file, array, version=(int(sys.argv[4]), 0))
      sys.stdout.buffer.write(file.getvalue())
      """
  let extents = shape.map(String.init).joined(separator: " ")
  return try runPython(script, arguments: [type.rawValue, extents, order, "\(version)"])
}

/// Returns the sample array that `saved` has numpy save.
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

/// Returns the error with which a file's bytes are refused, if they are.
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
  @Test(arguments: NumpyElementType.allCases)
  func `is written as numpy writes it, and read back`(type: NumpyElementType) throws {
    for shape in [[], [5], [2, 3], [0, 3], [2, 3, 4], [1, 1, 1, 1]] {
      let array = sample(type, shape)
      let expected = try saved(type, shape)
      #expect(array.file == expected)
      #expect(try NumpyArray(file: expected, path: "a.npy", as: type) == array)
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

  @Test(arguments: [1, 2, 3])
  func `of each version is read`(version: Int) throws {
    let bytes = try saved(.float32, [3, 2], version: version)
    #expect(bytes[6] == UInt8(version))
    #expect(try NumpyArray(file: bytes, path: "a.npy") == sample(.float32, [3, 2]))
  }

  @Test(arguments: [[4], [2, 3], [3, 1], [2, 3, 4], [2, 1, 3, 2], [0, 2]])
  func `in Fortran order is brought into C order`(shape: [Int]) throws {
    for type in [NumpyElementType.uint8, .bfloat16, .float64] {
      let bytes = try saved(type, shape, order: "F")
      #expect(try NumpyArray(file: bytes, path: "a.npy") == sample(type, shape))
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
    #expect(reason.contains("No such file"), "\(reason)")
  }
}

@Suite struct `A .npy file is refused` {
  /// A dictionary without its shape's extents.
  static let start = "{'descr': '<f4', 'fortran_order': False, 'shape': "

  @Test func `where it is cut anywhere, or goes on`() {
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
    let script = """
      import io, sys, numpy
      type = eval(sys.argv[1])
      file = io.BytesIO()
      numpy.save(file, numpy.zeros(2, type))
      sys.stdout.buffer.write(file.getvalue())
      """
    for type in ["'>f4'", "'>u2'", "'c8'", "'U3'", "'?'", "'V3'", "[('a', 'f4')]", "'M8[s]'"] {
      let error = refusal(of: try runPython(script, arguments: [type]), as: .float32)
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

  /// Changes, removes, doubles or swaps in bytes at a random place.
  static func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    guard let place = bytes.indices.randomElement(using: &generator) else { return }
    let tokens = ["'", "(", ")", "{", "}", "[", ",", "\\", "True", "99999999999", "L", "\n", ">"]
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: place)
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(contentsOf: bytes[place...], at: place)
    default:
      let token = tokens.randomElement(using: &generator) ?? ""
      bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: Array(token.utf8))
    }
  }
}
