import { render } from "preact";

import { App } from "./app";
import { startLanguage } from "./i18n";
import "./parts/components";
import { startRoute } from "./state/route";
import { startSession } from "./state/session";
import { startTheme } from "./state/theme";
import "./style/base.css";
import "./style/layout.css";
import "./style/images.css";

startTheme();
startLanguage();
startRoute();
void startSession();
const root = document.getElementById("app");
if (root) {
  render(<App />, root);
}
