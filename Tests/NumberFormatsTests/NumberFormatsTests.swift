import Testing

@testable import NumberFormats
