import Testing

@testable import TileLayout
