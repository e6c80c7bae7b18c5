import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";
import { FIRST_QUERY } from "./first.js";
import { storage } from "./storage.js";
import "./workers.js";

// The page lives at the URL that it queries, so a path prefix in front of the server needs no setting.
const http = new URL(location.pathname, location.origin);
const socket = new URL(http);
socket.protocol = http.protocol === "https:" ? "wss:" : "ws:";

const fetcher = createGraphiQLFetcher({
  url: http.href,
  // Over graphql-transport-ws; the headers of the editor travel as the payload of connection_init.
  subscriptionUrl: socket.href,
  enableIncrementalDelivery: false,
});

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    defaultQuery={FIRST_QUERY}
    storage={storage}
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>
      <span className="broadsheet-logo">Broadsheet</span>
    </GraphiQL.Logo>
  </GraphiQL>,
);
