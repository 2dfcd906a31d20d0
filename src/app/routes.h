#pragma once

// Which part answers which path.

#include "api/pipeline.h"
#include "app/client_ip.h"
#include "app/socket_door.h"
#include "auth/app.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "net/http.h"
#include "net/static_files.h"
#include "store/store.h"

namespace app {

// What the routes answer with. Outlives the handlers.
struct Parts {
  api::Pipeline& pipeline;
  const net::StaticFiles& page;
  const base::Clock& clock;
  const TrustedProxies& proxies;
  const SocketDoor& sockets;
  const auth::App* dev_app = nullptr;  // null: not in dev mode
};

// /binfo and /info WebSockets, /v1…/v4 the API, /dev/usersig in dev mode, everything else the page.
net::Handler MakePublicHandler(Parts parts);

// /livez: the process runs. /readyz: it accepts writes, or 503 and why not. /metrics: Prometheus
// text. POST /backup: app/backup.h, below `backups`.
net::Handler MakeOpsHandler(store::Store& store, const base::Metrics& metrics, std::string backups);

}  // namespace app
