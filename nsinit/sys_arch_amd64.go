package nsinit

// topArgument is where a function of ABI0 that is called at the top of a stack
// finds its argument: above its return address, which is not there yet.
const topArgument = 0
