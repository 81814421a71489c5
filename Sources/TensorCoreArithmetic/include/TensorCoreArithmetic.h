// The public header of the tensor-core arithmetic.
