// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import KernelLibrary

/// The product for which 'structured' chooses the kernel that is shown.
struct ProductOptions: ParsableArguments {
  @Option(
    name: .customShort("m"), parsing: .unconditional,
    help: "The rows of C of the product for which 'structured' chooses its configuration.")
  var m = Extent(MatmulShape.standard.m)

  @Option(name: .customShort("n"), parsing: .unconditional, help: "The columns of C.")
  var n = Extent(MatmulShape.standard.n)

  @Option(name: .customShort("k"), parsing: .unconditional, help: "The columns of A and of B.")
  var k = Extent(MatmulShape.standard.k)

  /// Returns the extents.
  func shape() throws(InputError) -> MatmulShape {
    MatmulShape(m: try m.checked("-m"), n: try n.checked("-n"), k: try k.checked("-k"))
  }
}
