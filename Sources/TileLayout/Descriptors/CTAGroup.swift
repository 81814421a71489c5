/// How many CTAs a `tcgen05` instruction works for: PTX's `.cta_group`.
public enum CTAGroup: Int, Hashable, Sendable, CaseIterable {
  /// The CTA that issues it.
  case one = 1

  /// A pair of CTAs, on two multiprocessors.
  case two = 2
}
