#include "tests/store/fixture.h"
