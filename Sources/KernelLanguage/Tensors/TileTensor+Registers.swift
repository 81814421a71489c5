import MachineIR
import TileLayout

/// The registers of a thread. They have no addresses: only integers of the host name them.
public enum Registers: TensorSpace {
  /// The registers.
  public typealias Origin = RegisterOrigin
}

/// The registers that a tensor is made of; distances are their numbers.
public struct RegisterOrigin: TensorOrigin {
  /// What records the kernel.
  let recorder: Recorder

  /// The registers from the first element's on.
  let registers: ArraySlice<RegisterID>

  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: recorder) }

  /// Returns the register at a distance.
  public func place(at distance: TensorDistance) -> RegisterID {
    registers[registers.startIndex + number(distance)]
  }

  /// Returns the registers from a distance on.
  public func anchored(at distance: TensorDistance) -> RegisterOrigin {
    RegisterOrigin(recorder: recorder, registers: registers.dropFirst(number(distance)))
  }

  /// Returns the number of the register at a distance.
  private func number(_ distance: TensorDistance) -> Int {
    let total = distance.total
    precondition(
      total.computed == nil, "Registers are named by integers of the host, not by values.")
    return total.known
  }
}

extension TileTensor where Space == Registers, Element: DeviceElement {
  /// Creates a tensor of variables.
  ///
  /// - Parameters:
  ///   - variables: The variables, at least one.
  ///   - layout: From rows and columns to positions among them.
  public init(_ variables: [Variable<Element>], layout: Layout) {
    guard let first = variables.first, layout.cosize <= variables.count else {
      preconditionFailure("\(variables.count) variables have no tensor of layout \(layout).")
    }
    for variable in variables { first.recorder.check(variable.recorder) }
    let origin = RegisterOrigin(
      recorder: first.recorder, registers: variables.map(\.register)[...])
    self.init(origin, layout)
  }

  /// Returns the variables of the vector at the coordinates, column by column.
  public subscript(row: Int, column: Int) -> [Variable<Element>] {
    let first = distance(to: row, column)
    return (0..<vectorCount).map { element in
      let rows = rowMode.vector.size
      let inVector = TensorDistance(
        rows: TensorOffset(known: rowMode.vector(element % rows)),
        columns: TensorOffset(known: columnMode.vector(element / rows)))
      return Variable(recorder, origin.place(at: first + inVector))
    }
  }
}
