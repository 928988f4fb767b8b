"""The commands of the command line, one module each: parse, one library call, print."""
