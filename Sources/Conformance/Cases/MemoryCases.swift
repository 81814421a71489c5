// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of memory accesses, of atomics, and of matrices in shared memory.
enum MemoryCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    LanePrograms(.memory, "memory.access", accesses).programs
      + LanePrograms(.memory, "memory.atomic", atomics).programs
      + [contention, addresses] + matrices
  }

  /// The state spaces and the thread's own 16 bytes in each.
  private static let places = [
    (".shared", "%sh"), (".global", "%gl"), ("", "%ge"), ("", "%gl"), (".local", "%lo"),
  ]

  /// Loads and stores of every width, whole and in vectors.
  private static var accesses: [String] {
    var cases: [String] = []
    for (space, address) in places {
      for type in ["u8", "s8", "b8", "u16", "s16"] {
        cases.append(
          """
          st\(space).b32 [\(address)], $2; ld\(space).\(type) $0, [\(address)]; \
          ld\(space).\(type) $1, [\(address)+2]; ## b32 b32 = any
          """)
      }
      for type in ["b8", "b16"] {
        cases.append(
          """
          st\(space).b32 [\(address)], $1; st\(space).\(type) [\(address)+2], $2; \
          ld\(space).b32 $0, [\(address)]; ## b32 = any b16
          """)
      }
      cases.append(
        """
        st\(space).v2.b32 [\(address)+8], {$1, $2}; ld\(space).b64 $0, [\(address)+8]; \
        ## b64 = any any
        """)
      cases.append(
        """
        st\(space).v4.b32 [\(address)], {$2, $3, $4, $5}; \
        ld\(space).v2.b64 {$0, $1}, [\(address)]; ## b64 b64 = any any any any
        """)
      cases.append(
        """
        st\(space).v4.b16 [\(address)], {$1, $2, $3, $4}; ld\(space).b64 $0, [\(address)]; \
        ## b64 = b16 b16 b16 b16
        """)
      cases.append(
        """
        st\(space).v2.f64 [\(address)], {$2, $3}; ld\(space).v4.u8 {$0, $1, %r3, %r4}, \
        [\(address)+4]; ## b32 b32 = f64 f64
        """)
      cases.append(
        """
        st\(space).b64 [\(address)], $2; ld\(space).v2.s16 {$0, $1}, [\(address)+4]; \
        ## b32 b32 = b64
        """)
    }
    cases.append(
      """
      isspacep.shared $0, %ge; isspacep.global $1, %ge; isspacep.shared $2, %gl; \
      isspacep.global $3, %gl; ## pred pred pred pred
      """)
    cases.append("cvta.to.shared.u64 %rd1, %ge; cvt.u32.u64 $0, %rd1; sub.u32 $0, $0, %sh; ## u32")
    cases.append("st.global.b32 [%gl], $1; ld.volatile.global.b32 $0, [%gl]; ## b32 = any")
    cases.append(
      "st.release.gpu.global.b32 [%gl], $1; ld.acquire.gpu.global.b32 $0, [%gl]; ## b32 = any")
    cases.append("ld.global.nc.v4.b32 {$0, $1, $2, $3}, [%in+64]; ## b32 b32 b32 b32")
    return cases
  }

  /// Atomics on the thread's own words, and the values that they leave in memory.
  private static var atomics: [String] {
    var cases: [String] = []
    for (space, address) in places.dropLast() {
      var forms: [(String, String)] = []
      for type in ["u32", "s32", "u64", "s64"] {
        forms += ["min", "max"].map { ($0, type) }
      }
      for type in ["b32", "b64"] { forms += ["and", "or", "xor", "exch"].map { ($0, type) } }
      forms += ["u32", "s32", "u64", "f32"].map { ("add", $0) }
      forms += [("inc", "u32"), ("dec", "u32")]
      for (operation, type) in forms {
        let width = type.suffix(2)
        cases.append(
          """
          st\(space).b\(width) [\(address)], $2; atom\(space).\(operation).\(type) $0, \
          [\(address)], $3; ld\(space).b\(width) $1, [\(address)]; \
          ## \(type) \(type) = \(type) \(type)
          """)
        if operation != "exch" {
          cases.append(
            """
            st\(space).b\(width) [\(address)], $1; red\(space).\(operation).\(type) \
            [\(address)], $2; ld\(space).b\(width) $0, [\(address)]; ## \(type) = \(type) \(type)
            """)
        }
      }
      for type in ["b32", "b64"] {
        cases.append(
          """
          st\(space).\(type) [\(address)], $2; atom\(space).cas.\(type) $0, [\(address)], $3, \
          $4; ld\(space).\(type) $1, [\(address)]; ## \(type) \(type) = \(type) \(type) \(type)
          """)
      }
    }
    return cases
  }

  /// Atomics of many threads on shared words, whose sums and extrema do not depend on the order.
  private static var contention: ConformanceProgram {
    var listing = Listing()
    listing.declarations = ".shared .align 16 .b8 tile[64];"
    listing.body = """
      ld.global.b32 %r1, [%in];
      mad.wide.u32 %rd1, %t, 4, %in;
      ld.global.b32 %r1, [%rd1];
      mov.u32 %r2, tile;
      mad.lo.u32 %r3, %id, 4, %r2;
      setp.lt.u32 %p1, %id, 8;
      @%p1 st.shared.b32 [%r3], %id;
      bar.sync 0;
      atom.shared.add.u32 %r4, [%r2], %r1;
      red.shared.max.s32 [%r2+4], %r1;
      red.shared.min.u32 [%r2+8], %r1;
      red.shared.xor.b32 [%r2+12], %r1;
      red.shared.or.b32 [%r2+16], %r1;
      red.shared.and.b32 [%r2+20], %r1;
      red.shared.inc.u32 [%r2+24], 1000;
      bar.sync 0;
      @%p1 ld.shared.b32 %r5, [%r3];
      mad.lo.u32 %r6, %block, 32, %id;
      mad.wide.u32 %rd2, %r6, 4, %out;
      @%p1 st.global.b32 [%rd2], %r5;
      red.global.add.u32 [%out+512], %r1;
      red.global.max.u32 [%out+516], %r1;
      red.global.min.s32 [%out+520], %r1;
      red.global.xor.b32 [%out+524], %r1;
      """
    var random = SeededGenerator("contention")
    return ConformanceProgram(
      family: .memory, name: "memory.contention", text: listing.text,
      launch: LaunchConfiguration(grid: 4, block: 256),
      input: (0..<1024).map { _ in random.word() }, outputCount: 160,
      probes: [
        ConformanceProbe(
          name: "atomics of a block on one shared word", words: 0..<128, wordsPerCheck: 1),
        ConformanceProbe(
          name: "atomics of a grid on one global word", words: 128..<160, wordsPerCheck: 1),
      ])
  }

  /// The addresses of shared memory and the parameters, as far as a kernel can observe them.
  ///
  /// Only the low bits of generic addresses can be compared, because the driver chooses the
  /// windows.
  private static var addresses: ConformanceProgram {
    var listing = Listing()
    listing.prelude = ".extern .shared .align 16 .b8 dynamic[];"
    listing.declarations = """
      .shared .align 1 .b8 first[4];
      .shared .align 1024 .b8 tile[1024];
      """
    let instructions = [
      ("the address of the first shared variable", "mov.u32 %r1, first;"),
      ("the address of a shared variable aligned to 1024", "mov.u32 %r1, tile;"),
      ("the address of dynamic shared memory", "mov.u32 %r1, dynamic;"),
      ("%total_smem_size", "mov.u32 %r1, %total_smem_size;"),
      ("%dynamic_smem_size", "mov.u32 %r1, %dynamic_smem_size;"),
      (
        "the low 24 bits of a shared variable's generic address",
        "cvta.shared.u64 %rd1, first; cvt.u32.u64 %r1, %rd1; and.b32 %r1, %r1, 0xFFFFFF;"
      ),
      (
        "the low 12 bits of the first parameter's generic address",
        """
        mov.b64 %rd1, in_param; cvta.param.u64 %rd1, %rd1; cvt.u32.u64 %r1, %rd1; \
        and.b32 %r1, %r1, 0xFFF;
        """
      ),
      (
        "the bytes from the first parameter to the third",
        """
        mov.b64 %rd1, in_param; cvta.param.u64 %rd1, %rd1; sub.u64 %rd1, %map, %rd1; \
        cvt.u32.u64 %r1, %rd1;
        """
      ),
      (
        "the low 6 bits of the generic address of a parameter aligned to 64",
        "cvt.u32.u64 %r1, %map; and.b32 %r1, %r1, 63;"
      ),
    ]
    for (index, item) in instructions.enumerated() {
      listing.body += item.1 + "\nst.global.b32 [%out+\(4 * index)], %r1;\n"
    }
    return ConformanceProgram(
      family: .memory, name: "memory.addresses", text: listing.text,
      launch: LaunchConfiguration(grid: 1, block: 1, dynamicSharedByteCount: 256), input: [0],
      outputCount: instructions.count,
      probes: instructions.enumerated().map { index, item in
        ConformanceProbe(name: item.0, words: index..<index + 1, wordsPerCheck: 1)
      })
  }

  /// `ldmatrix`, `stmatrix` and `movmatrix` in every form, with row addresses from the input.
  private static var matrices: [ConformanceProgram] {
    var programs: [ConformanceProgram] = []
    for count in [1, 2, 4] {
      for words in ["", ".trans"] {
        programs.append(matrixProgram(count, words, isStore: false))
        programs.append(matrixProgram(count, words, isStore: true))
      }
    }
    return programs
      + LanePrograms(
        .matrixAccess, "movmatrix", ["movmatrix.sync.aligned.m8n8.trans.b16 b32 = any"]
      ).programs
  }

  /// Returns a program of one form of `ldmatrix` or `stmatrix`.
  private static func matrixProgram(
    _ count: Int, _ words: String, isStore: Bool
  ) -> ConformanceProgram {
    let blockCount = 16
    let registers = (0..<count).map { "%r\(20 + $0)" }.joined(separator: ", ")
    let mnemonic =
      "\(isStore ? "stmatrix" : "ldmatrix").sync.aligned.m8n8.x\(count)\(words).shared.b16"
    var listing = Listing()
    listing.declarations = ".shared .align 16 .b8 tile[1024];"
    // 32 addresses, then 256 words of the tile or 128 of the registers, for each block.
    let inputStride = 32 + 256
    listing.body = """
      mov.u32 %r1, tile;
      mad.lo.u32 %r2, %block, \(inputStride), %lane;
      mad.wide.u32 %rd1, %r2, 4, %in;
      ld.global.b32 %r3, [%rd1];
      add.u32 %r3, %r3, %r1;
      mad.lo.u32 %r4, %lane, 4, %r1;

      """
    for word in 0..<8 {
      listing.body += "ld.global.b32 %r\(10 + word), [%rd1+\(128 + word * 128)];\n"
      listing.body +=
        "st.shared.b32 [%r4+\(word * 128)], \(isStore ? "%lane" : "%r\(10 + word)");\n"
    }
    listing.body += "bar.warp.sync -1;\n"
    let outputStride = isStore ? 256 : 32 * count
    listing.body += "mad.lo.u32 %r5, %block, \(outputStride), %lane;\n"
    listing.body += "mad.wide.u32 %rd2, %r5, 4, %out;\n"
    if isStore {
      for register in 0..<count {
        listing.body += "mov.b32 %r\(20 + register), %r\(10 + register);\n"
      }
      listing.body += "\(mnemonic) [%r3], {\(registers)};\nbar.warp.sync -1;\n"
      for word in 0..<8 {
        listing.body += "ld.shared.b32 %r30, [%r4+\(word * 128)];\n"
        listing.body += "st.global.b32 [%rd2+\(word * 128)], %r30;\n"
      }
    } else {
      listing.body += "\(mnemonic) {\(registers)}, [%r3];\n"
      for register in 0..<count {
        listing.body += "st.global.b32 [%rd2+\(register * 128)], %r\(20 + register);\n"
      }
    }
    var random = SeededGenerator(mnemonic)
    var input: [UInt32] = []
    for _ in 0..<blockCount {
      // Rows of 16 bytes at 32 different places of the tile's 64.
      var places = (0..<64).map { UInt32($0 * 16) }
      for index in places.indices { places.swapAt(index, random.integer(in: index...63)) }
      input += places.prefix(32)
      input += (0..<256).map { _ in random.word() }
    }
    let outputCount = blockCount * outputStride
    return ConformanceProgram(
      family: .matrixAccess, name: mnemonic, text: listing.text,
      launch: LaunchConfiguration(grid: Dimensions(blockCount), block: 32), input: input,
      outputCount: outputCount,
      probes: [ConformanceProbe(name: mnemonic, words: 0..<outputCount, wordsPerCheck: 1)])
  }
}
