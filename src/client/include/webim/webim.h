// libwebim in one include. Start reading at webim/client.h.
#pragma once

#include "webim/client.h"
#include "webim/runtime.h"
#include "webim/tags.h"
#include "webim/types.h"
