// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Testing

@testable import Simulator

@Suite struct GridDependencyTests {
  @Test func `a grid reads the data of earlier grids, and waits for nothing`() throws {
    let outcome = try SmallProgram(
      body: """
        griddepcontrol.launch_dependents;
        griddepcontrol.wait;
        ld.global.u32 %r1, [%mine];
        add.u32 %r1, %r1, 1;
        st.global.u32 [%mine], %r1;
        """
    ).run(input: (0..<32).map { UInt32($0) })
    #expect(outcome.words == (1...32).map { UInt32($0) })
  }
}
