// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// An explanation of `explain`: a map for programs, and a picture for people.
protocol Explanation: Encodable {
  /// The picture for people.
  var picture: Picture { get }
}
