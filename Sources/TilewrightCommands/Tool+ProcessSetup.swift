// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

extension Tool {
  /// Makes this process safe to write files in; the tool's program calls it before anything else.
  ///
  /// Where standard input, output or error is closed, the next file that is opened would take its
  /// number, and reports would be written into it: an empty device that cannot be written takes the
  /// number instead. A file that grows beyond its limit is an error of the write, not the end of
  /// the process.
  public static func prepareProcess() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one.
      _ = open("/dev/null", O_RDONLY)
    }
    signal(SIGXFSZ, SIG_IGN)
  }
}
