/// What a lane instruction does.
enum LaneOperation: UInt16 {
  case add32
}
