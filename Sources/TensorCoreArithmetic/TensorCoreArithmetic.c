#include "TensorCoreArithmetic.h"
