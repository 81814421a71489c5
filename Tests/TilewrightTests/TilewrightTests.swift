import Testing

@testable import Tilewright
