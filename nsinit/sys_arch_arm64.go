package nsinit

// topArgument is where a function of ABI0 that is called at the top of a stack
// finds its argument: above its place for the link register.
const topArgument = 8
