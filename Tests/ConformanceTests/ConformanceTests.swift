import Testing

@testable import Conformance

@Suite struct ConformanceTests {
}
