import { t } from "../i18n";

export function Read() {
  return <div class="read">{t("view.read")}</div>;
}
