// Boost.JSON as sources: the library needs no compiled Boost, and this is the one place it comes
// in.
#include <boost/json/src.hpp>
