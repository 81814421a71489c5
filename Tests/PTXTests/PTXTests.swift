import Testing

@testable import PTX
