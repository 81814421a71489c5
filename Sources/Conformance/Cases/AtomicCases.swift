// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of atomics on floats, on 16-bit values, on vectors, on 16 bytes, and in other blocks
/// of the cluster; `MemoryCases` has those on integers of one word.
enum AtomicCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    LanePrograms(.memory, "memory.atomic-floats", scalars).programs
      + LanePrograms(.memory, "memory.atomic-vectors", vectors).programs
      + LanePrograms(.memory, "memory.atomic-swaps", swaps).programs + [remote]
  }

  /// The state spaces and the thread's own 16 bytes in each; the block's shared memory is also
  /// addressed as the cluster's.
  private static let places = [
    (".shared", "%sh"), (".global", "%gl"), ("", "%ge"), ("", "%gl"), (".shared::cluster", "%sh"),
  ]

  /// The types of floats for additions, with the modifier that keeps subnormals.
  private static let floats = [
    ("f32", ""), ("f64", ""), ("f16", ".noftz"), ("bf16", ".noftz"), ("f16x2", ".noftz"),
    ("bf16x2", ".noftz"),
  ]

  /// Returns the number of bits of a type.
  private static func width(_ type: String) -> Int {
    type.hasSuffix("x2") ? 32 : type.hasSuffix("64") ? 64 : type.hasSuffix("32") ? 32 : 16
  }

  /// Additions of floats.
  private static var scalars: [String] {
    places.flatMap { space, address in
      floats.flatMap { type, word -> [String] in
        let bits = width(type)
        return [
          """
          st\(space).b\(bits) [\(address)], $2; atom\(space).add\(word).\(type) $0, [\(address)], $3; \
          ld\(space).b\(bits) $1, [\(address)]; ## \(type) \(type) = \(type) \(type)
          """,
          """
          st\(space).b\(bits) [\(address)], $1; red\(space).add\(word).\(type) [\(address)], $2; \
          ld\(space).b\(bits) $0, [\(address)]; ## \(type) = \(type) \(type)
          """,
        ]
      }
    }
  }

  /// Vectors in global memory: additions of all floats but `f64`, minima and maxima of 16-bit ones.
  private static var vectors: [String] {
    var cases: [String] = []
    for (type, word) in floats where type != "f64" {
      for count in [2, 4, 8] where count * width(type) <= 128 && (count < 8 || width(type) == 16) {
        let elements = count * width(type) / 32
        for operation in word.isEmpty ? ["add"] : ["add", "min", "max"] {
          cases.append(vector(operation + word, type, count, words: elements))
        }
      }
    }
    return cases
  }

  /// Returns the case of a vector of some words: the initial words, the operand's, the returned old
  /// ones, and the final contents of memory.
  private static func vector(
    _ operation: String, _ type: String, _ count: Int, words: Int
  ) -> String {
    let isHalf = width(type) == 16
    let packed = isHalf ? type + "x2" : type
    let slots = Array(repeating: packed, count: words)
    var text = ""
    /// Returns the registers of elements, which are unpacked from words or packed into them.
    func names(_ prefix: String) -> String {
      "{" + (0..<count).map { "\(prefix)\($0)" }.joined(separator: ", ") + "}"
    }
    // Results first: the old words, then the new ones; then the initial words and the operand's.
    let (old, new, before, value) = (0, words, 2 * words, 3 * words)
    text += "{ .reg .b\(isHalf ? 16 : 32) @@v<\(count)>, @@o<\(count)>; "
    for word in 0..<words {
      text += "st.global.b32 [%gl+\(word * 4)], $\(before + word); "
      text +=
        isHalf
        ? "mov.b32 {@@v\(2 * word), @@v\(2 * word + 1)}, $\(value + word); "
        : "mov.b32 @@v\(word), $\(value + word); "
    }
    text += "atom.global.\(operation).v\(count).\(type) \(names("@@o")), [%gl], \(names("@@v")); "
    for word in 0..<words {
      text +=
        isHalf
        ? "mov.b32 $\(old + word), {@@o\(2 * word), @@o\(2 * word + 1)}; "
        : "mov.b32 $\(old + word), @@o\(word); "
      text += "ld.global.b32 $\(new + word), [%gl+\(word * 4)]; "
    }
    text += "} ## " + (slots + slots).joined(separator: " ") + " = "
    return text + (slots + slots).joined(separator: " ")
  }

  /// Exchanges and swaps of 2 and 16 bytes.
  private static var swaps: [String] {
    places.flatMap { space, address in
      [
        """
        st\(space).b16 [\(address)], $2; atom\(space).cas.b16 $0, [\(address)], $3, $4; \
        ld\(space).b16 $1, [\(address)]; ## u16 u16 = u16 u16 u16
        """,
        """
        st\(space).v2.b64 [\(address)], {$3, $4}; { .reg .b128 @@q<2>; mov.b128 @@q0, {$5, $6}; \
        atom\(space).exch.b128 @@q1, [\(address)], @@q0; mov.b128 {$0, $1}, @@q1; } \
        ld\(space).b64 $2, [\(address)+8]; ## u64 u64 u64 = u64 u64 u64 u64
        """,
        """
        and.b64 $3, $3, 1; and.b64 $4, $4, 1; and.b64 $5, $5, 1; \
        st\(space).v2.b64 [\(address)], {$3, $4}; { .reg .b128 @@q<3>; mov.b128 @@q0, {$5, $4}; \
        mov.b128 @@q2, {$6, $5}; atom\(space).cas.b128 @@q1, [\(address)], @@q0, @@q2; \
        mov.b128 {$0, $1}, @@q1; } \
        ld\(space).b64 $2, [\(address)]; ## u64 u64 u64 = u64 u64 u64 u64
        """,
      ]
    }
  }

  /// Atomics on the shared memory of the other block of a cluster, whose results are the old and
  /// the final values; for pairs of 16-bit floats see `StopCases`.
  private static var remote: ConformanceProgram {
    let forms = [
      "add.u32", "min.s32", "max.u32", "inc.u32", "dec.u32", "and.b32", "or.b32", "xor.b32",
      "exch.b32", "add.u64", "max.s64", "xor.b64", "exch.b64", "add.f32", "add.f64",
      "add.noftz.f16", "add.noftz.bf16",
    ]
    var listing = Listing()
    listing.declarations = ".shared .align 16 .b8 tile[256]; .reg .f64 %e<4>;"
    var body = """
      mov.u32 %r1, tile;
      mad.lo.u32 %r1, %id, 8, %r1;
      mov.u32 %r10, %cluster_ctarank;
      xor.b32 %r10, %r10, 1;
      mapa.shared::cluster.u32 %r2, %r1, %r10;
      mad.wide.u32 %rd1, %t, 16, %in;

      """
    var input: [UInt32] = []
    var probes: [ConformanceProbe] = []
    for (index, form) in forms.enumerated() {
      let type = String(form.split(separator: ".").last ?? "")
      let bits = width(type)
      // The operand is read with the type of its register's declaration.
      let (old, value) =
        switch type {
        case "f32": ("%f0", "%f1")
        case "f64": ("%e0", "%e1")
        default: bits == 64 ? ("%rd4", "%rd5") : bits == 16 ? ("%h4", "%h5") : ("%r4", "%r5")
        }
      let kind = type.hasPrefix("f") && bits > 16 ? "f\(bits)" : "b\(bits)"
      let place = index * 64 * 16
      body += """
        ld.global.b64 %rd2, [%rd1+\(place)];
        st.shared.b64 [%r1], %rd2;
        ld.global.\(kind) \(value), [%rd1+\(place + 8)];
        barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        atom.shared::cluster.\(form) \(old), [%r2], \(value);
        barrier.cluster.arrive.aligned;
        barrier.cluster.wait.aligned;
        ld.shared.b64 %rd2, [%r1];
        mad.wide.u32 %rd3, %t, 16, %out;
        st.global.b64 [%rd3+\(place)], %rd2;
        st.global.\(kind) [%rd3+\(place + 8)], \(old);

        """
      var random = SeededGenerator("remote" + form)
      for _ in 0..<128 {
        let number = LaneOperand.values(for: [type], using: &random)[0]
        input += [UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32)]
      }
      probes.append(
        ConformanceProbe(
          name: "atom.shared::cluster.\(form)", words: index * 256..<(index + 1) * 256,
          wordsPerCheck: 4))
    }
    listing.body = body
    return ConformanceProgram(
      family: .cluster, name: "cluster.atomics", text: listing.text,
      launch: LaunchConfiguration(grid: 2, block: 32, cluster: 2), input: input,
      outputCount: forms.count * 256, probes: probes)
  }
}
