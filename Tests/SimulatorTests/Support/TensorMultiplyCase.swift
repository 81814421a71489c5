// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import NumberFormats
import TileLayout

@testable import Simulator

/// The encoding of elements of a multiplication, and their width in shared memory.
struct ElementCoding {
  /// The type's code in instruction descriptors.
  var operand: Int
  /// The number of exponent bits; 0 for integers.
  var exponentBits = 0
  /// The number of fraction bits.
  var fractionBits = 0
  /// The number of bits in shared memory: elements of 4 and 6 bits are 16 in 16 bytes.
  var bitWidth: Int
  /// The number of ignored bits below the code.
  var ignoredBits = 0
  /// Whether integers are signed.
  var isSigned = true

  /// The bytes of an element in layouts.
  var byteCount: Int { max(1, bitWidth / 8) }

  /// Returns the code of a small integer.
  func code(_ value: Int) -> UInt32 {
    guard exponentBits > 0 else { return UInt32(truncatingIfNeeded: value) & 0xFF }
    guard value != 0 else { return 0 }
    let magnitude = value.magnitude
    let exponent = UInt.bitWidth - 1 - magnitude.leadingZeroBitCount
    let bias = (1 << (exponentBits - 1)) - 1
    let fraction = ((magnitude << fractionBits) >> exponent) - (1 << fractionBits)
    let field = UInt32(exponent + bias) << UInt32(fractionBits)
    let sign: UInt32 = value < 0 ? 1 << UInt32(exponentBits + fractionBits) : 0
    return (sign | field | UInt32(fraction)) << UInt32(ignoredBits)
  }

  static let f16 = ElementCoding(operand: 0, exponentBits: 5, fractionBits: 10, bitWidth: 16)
  static let bf16 = ElementCoding(operand: 1, exponentBits: 8, fractionBits: 7, bitWidth: 16)
  static let tf32 = ElementCoding(
    operand: 2, exponentBits: 8, fractionBits: 10, bitWidth: 32, ignoredBits: 13)
  static let e4m3 = ElementCoding(operand: 0, exponentBits: 4, fractionBits: 3, bitWidth: 8)
  static let e5m2 = ElementCoding(operand: 1, exponentBits: 5, fractionBits: 2, bitWidth: 8)
  static let e2m3 = ElementCoding(operand: 3, exponentBits: 2, fractionBits: 3, bitWidth: 6)
  static let e3m2 = ElementCoding(operand: 4, exponentBits: 3, fractionBits: 2, bitWidth: 6)
  static let e2m1 = ElementCoding(operand: 5, exponentBits: 2, fractionBits: 1, bitWidth: 4)
  static let u8 = ElementCoding(operand: 0, bitWidth: 8, isSigned: false)
  static let s8 = ElementCoding(operand: 1, bitWidth: 8)
}

/// One or more `tcgen05.mma` along k, with their inputs and results.
struct TensorMultiplyCase {
  /// An operand in shared memory with its layout.
  struct SharedOperand {
    /// The descriptor of each step, for a tile that starts at offset 0.
    var descriptors: [UInt64]
    /// The bytes, each at its offset from the start of the tile.
    var bytes: [UInt8]
  }

  /// The kind, as in the mnemonic.
  var kind: String
  /// The instruction descriptor.
  var instruction: UInt32
  /// The number of columns of D.
  var n: Int
  /// A in shared memory, or `nil` if it is in Tensor Memory after D.
  var a: SharedOperand?
  /// B.
  var b: SharedOperand
  /// The cells of D, followed by those of A: 128 lanes of `columnCount` columns.
  var cells: [UInt32]
  /// The number of columns of `cells`.
  var columnCount: Int
  /// Whether the first step adds to the cells.
  var accumulates = true
  /// The lane of D and of A.
  var lane = 0
  /// The masks of lanes that are not written.
  var disabledLanes: [UInt32]?
  /// The exponent of the power of two by which D is divided.
  var scale: Int?
  /// The modifiers after the kind.
  var words = ""

  /// The image of both tiles.
  private var image: [UInt32] {
    var bytes = a?.bytes ?? []
    while bytes.count % 1024 != 0 { bytes.append(0) }
    bytes += b.bytes
    while bytes.count % 4 != 0 { bytes.append(0) }
    return stride(from: 0, to: bytes.count, by: 4).map { index in
      (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
  }

  /// The program, whose buffer holds the image, the cells, and the final cells of D.
  var program: SmallProgram {
    let image = image
    let offsetOfB = ((a?.bytes.count ?? 0) + 1023) / 1024 * 1024
    let allocated = [32, 64, 128, 256, 512].first { $0 >= columnCount } ?? 512
    let groups = columnCount / 8
    let cellBytes = image.count * 4
    let resultBytes = cellBytes + 128 * columnCount * 4
    var body = """
      setp.eq.u32 %p2, %warp, 0;
      @%p2 tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [place], \(allocated);
      mov.u32 %r10, bar;
      setp.eq.u32 %p3, %t, 0;
      @%p3 mbarrier.init.shared::cta.b64 [%r10], 1;
      mov.u32 %r1, tile;
      mov.u32 %r3, %t;
      COPY: mad.wide.u32 %rd1, %r3, 4, %out;
      ld.global.u32 %r2, [%rd1];
      mad.lo.u32 %r4, %r3, 4, %r1;
      st.shared.u32 [%r4], %r2;
      add.u32 %r3, %r3, 128;
      setp.lt.u32 %p1, %r3, \(image.count);
      @%p1 bra COPY;
      fence.proxy.async.shared::cta;
      bar.sync 0;
      ld.shared.u32 %r11, [place];
      shl.b32 %r12, %warp, 21;
      add.u32 %r12, %r12, %r11;
      mad.wide.u32 %rd4, %t, \(columnCount * 4), %out;

      """
    for group in 0..<groups {
      for index in 0..<8 {
        body += "ld.global.u32 %r\(100 + index), [%rd4+\(cellBytes + (group * 8 + index) * 4)];\n"
      }
      body += """
        tcgen05.st.sync.aligned.32x32b.x8.b32 [%r12+\(group * 8)], {\(registers)};

        """
    }
    body += """
      tcgen05.wait::st.sync.aligned;
      tcgen05.fence::before_thread_sync;
      bar.sync 0;
      tcgen05.fence::after_thread_sync;
      @!%p3 bra ISSUED;
      shr.u32 %r5, %r1, 4;
      cvt.u64.u32 %rd5, %r5;
      add.u32 %r13, %r11, \(lane << 16);

      """
    if let disabledLanes {
      for (index, mask) in disabledLanes.enumerated() {
        body += "mov.b32 %r\(20 + index), \(mask);\n"
      }
    }
    let mask = disabledLanes == nil ? "" : "{%r20, %r21, %r22, %r23}, "
    let scaleText = scale.map { ", \($0)" } ?? ""
    for (step, descriptor) in b.descriptors.enumerated() {
      body += "add.u64 %rd3, %rd5, \(descriptor + UInt64(offsetOfB >> 4));\n"
      var first = "[%r13+\(n + 8 * step)]"
      if let a {
        body += "add.u64 %rd2, %rd5, \(a.descriptors[step]);\n"
        first = "%rd2"
      }
      body += """
        tcgen05.mma.cta_group::1.kind::\(kind)\(words) [%r13], \(first), %rd3, \(instruction), \
        \(mask)\(step > 0 || accumulates ? 1 : 0)\(scaleText);

        """
    }
    body += """
      tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [%r10];
      ISSUED: mbarrier.try_wait.parity.shared::cta.b64 %p4, [%r10], 0;
      @!%p4 bra ISSUED;
      tcgen05.fence::after_thread_sync;
      bar.warp.sync 0xffffffff;
      mad.wide.u32 %rd6, %t, \(n * 4), %out;

      """
    for group in 0..<n / 8 {
      body += """
        tcgen05.ld.sync.aligned.32x32b.x8.b32 {\(registers)}, [%r12+\(group * 8)];
        tcgen05.wait::ld.sync.aligned;

        """
      for index in 0..<8 {
        body +=
          "st.global.u32 [%rd6+\(resultBytes + (group * 8 + index) * 4)], %r\(100 + index);\n"
      }
    }
    body += """
      tcgen05.fence::before_thread_sync;
      bar.sync 0;
      @%p2 tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r11, \(allocated);
      """
    return SmallProgram(
      body: body,
      declarations: """
        .shared .align 1024 .b8 tile[\(image.count * 4)]; .shared .b32 place; .shared .b64 bar;
        """, target: "sm_100a", block: 128, wordCount: resultBytes / 4 + 128 * n)
  }

  /// The registers of a group of eight columns.
  private var registers: String { (0..<8).map { "%r\(100 + $0)" }.joined(separator: ", ") }

  /// The initial contents of the buffer.
  var input: [UInt32] {
    image + cells + [UInt32](repeating: .max, count: 128 * n)
  }

  /// Runs the kernel, and returns the cells of D, 128 lanes of n columns.
  func run(_ schedule: Schedule = .eager) throws -> [UInt32] {
    Array(try program.run(schedule: schedule, input: input).words.suffix(128 * n))
  }
}

extension TensorMultiplyCase.SharedOperand {
  /// Lays out codes, [rows, columns], in a canonical layout.
  init(
    _ codes: [UInt32], _ coding: ElementCoding, _ majorness: Majorness, _ swizzle: SwizzleMode,
    rows: Int
  ) throws {
    let columns = codes.count / rows
    let layout = try CanonicalLayout(
      majorness, swizzle, rows: rows, columns: columns, elementByteCount: coding.byteCount)
    bytes = [UInt8](repeating: 0, count: layout.byteCount)
    for (index, code) in codes.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      guard coding.bitWidth < 8 else {
        let offset = layout.byteOffset(row: row, column: column)
        for byte in 0..<coding.byteCount {
          bytes[offset + byte] = UInt8(truncatingIfNeeded: code >> UInt32(8 * byte))
        }
        continue
      }
      // Sixteen elements, contiguous in their own width.
      let chunk = layout.byteOffset(row: row, column: column / 16 * 16)
      for bit in 0..<coding.bitWidth where code >> UInt32(bit) & 1 == 1 {
        let place = column % 16 * coding.bitWidth + bit
        bytes[chunk + place / 8] |= 1 << UInt8(place % 8)
      }
    }
    descriptors = try (0..<layout.stepCount).map { step in
      try layout.blackwellDescriptor(at: 0)
        .advanced(byByteCount: layout.descriptorByteOffset(step: step)).rawValue
    }
  }

  /// Lays out 32-bit codes, [rows, columns], MN-major, by the manual's formula.
  init(wideAtoms codes: [UInt32], rows: Int) throws {
    let columns = codes.count / rows
    let panelBytes = columns * 128
    bytes = [UInt8](repeating: 0, count: rows / 32 * panelBytes)
    for (index, code) in codes.enumerated() {
      let (mn, k) = index.quotientAndRemainder(dividingBy: columns)
      let linear = mn % 32 * 4 + mn / 32 * panelBytes + k % 4 * 128 + k / 4 * 512
      let place = linear ^ (linear >> 2 & 0x60)
      for byte in 0..<4 {
        bytes[place + byte] = UInt8(truncatingIfNeeded: code >> UInt32(8 * byte))
      }
    }
    descriptors = try (0..<columns / 8).map { step in
      try BlackwellMatrixDescriptor(
        startAddress: step * 1024, leadingByteOffset: panelBytes, strideByteOffset: 512,
        layout: .bytes128Atoms32
      ).rawValue
    }
  }
}
