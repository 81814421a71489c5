// Tilewright
