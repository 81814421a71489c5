// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import Testing

/// A kernel whose only instructions of interest are those of an expression.
private func instructions(
  _ body:
    @escaping @Sendable (
      KernelContext<AnyArchitecture>, DeviceValue<UInt32>, DeviceValue<Float>
    ) -> Void
) throws -> [String] {
  try Kernel<AnyArchitecture, UInt32, Float>("folding", body: body).instructions()
}

@Suite struct FoldingTests {
  @Test func `neutral constants record nothing`() throws {
    let lines = try instructions { _, x, y in
      _ = x + 0
      _ = 0 + x
      _ = x * 1
      _ = x / 1
      _ = x << 0
      _ = x | 0
      _ = x ^ 0
      _ = y * 1
    }
    #expect(lines.isEmpty)
  }

  @Test func `constants fold`() throws {
    let lines = try instructions { k, _, _ in
      let six = k.constant(UInt32(2)) * 3
      #expect(six.constantValue == 6)
      #expect((six - 7).constantValue == .max)
      #expect((six % 4).constantValue == 2)
      #expect((six << 30).constantValue == 0x8000_0000)
      #expect((six < 7).constantValue == true)
      #expect((k.constant(Float(1)) / 3).constantValue == Float(1) / 3)
    }
    #expect(lines.isEmpty)
  }

  @Test func `powers of two become shifts and masks`() throws {
    let lines = try instructions { _, x, _ in
      _ = x * 64
      _ = 64 * x
      _ = x / 64
      _ = x % 64
      _ = x * 65
    }
    #expect(
      lines == [
        "shl.b32 %r1, %r0, 6;", "shl.b32 %r2, %r0, 6;", "shr.u32 %r3, %r0, 6;",
        "and.b32 %r4, %r0, 63;", "mul.lo.u32 %r5, %r0, 65;",
      ])
  }

  @Test func `a float plus zero is not the float`() throws {
    let lines = try instructions { _, _, y in _ = y + 0 }
    #expect(lines.count == 1)
  }

  @Test func `conditions that are known record one side`() throws {
    let lines = try instructions { k, x, _ in
      let total = k.variable(x)
      k.if(k.constant(UInt32(3)) > 2) {
        total += 5
      } else: {
        total += 7
      }
      k.if(k.never) { total += 9 }
    }
    #expect(lines == ["mov.b32 %r1, %r0;", "add.u32 %r1, %r1, 5;"])
  }

  @Test func `the opposite of a predicate is free`() throws {
    let lines = try instructions { k, x, _ in
      let total = k.variable(x)
      k.if(!(x < 4)) { total += 1 }
    }
    #expect(lines.contains("@%p0 bra $L_if_end_0;"))
  }

  @Test func `a value read from a variable stays when the variable changes`() throws {
    let lines = try instructions { k, x, _ in
      let total = k.variable(x)
      let before = total.value
      total += 1
      total.value = total.value + before
    }
    #expect(
      lines == [
        "mov.b32 %r1, %r0;", "mov.b32 %r2, %r1;", "add.u32 %r1, %r1, 1;", "mov.b32 %r3, %r1;",
        "add.u32 %r4, %r3, %r2;", "mov.b32 %r1, %r4;",
      ])
  }
}
