// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser
import DeviceRuntime

/// The exit status of the tool.
public enum ExitStatus: Int32, Error, Sendable {
  /// All is well.
  case good = 0
  /// The kernel or its result is wrong.
  case wrong = 1
  /// The input or the environment cannot be used.
  case unusable = 2
  /// The command line is not one of the tool's.
  case usage = 64
  /// Nobody reads what the tool writes: 128 and the number of SIGPIPE, which ends the tool where it
  /// is not ignored.
  case closedPipe = 141
}

extension ExitStatus {
  /// Creates the status that an error which a command threw ends the tool with.
  init(of error: any Error) {
    switch error {
    case let status as ExitStatus: self = status
    case DeviceError.fault: self = .wrong
    case OutputError.closedPipe: self = .closedPipe
    default: self = .unusable
    }
  }
}
