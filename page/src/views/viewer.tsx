import { t } from "../i18n";

export function Viewer() {
  return <div class="viewer">{t("view.viewer")}</div>;
}
