// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import Foundation
import Simulator

/// Something that is on or off.
enum Switch: String, ExpressibleByArgument, CaseIterable {
  case on
  case off
}
