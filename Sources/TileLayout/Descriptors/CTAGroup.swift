// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The number of CTAs of a `tcgen05` instruction: PTX's `.cta_group`.
public enum CTAGroup: Int, Hashable, Sendable, CaseIterable {
  /// The issuing CTA only.
  case one = 1

  /// A CTA pair, on two SMs.
  case two = 2
}
