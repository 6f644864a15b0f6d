// The components of the library that the page uses, one import each, so that nothing else is bundled; their few system
// icons come from this origin like everything else.
import check from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/check-lg.svg?url";
import chevronDown from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/chevron-down.svg?url";
import chevronLeft from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/chevron-left.svg?url";
import chevronRight from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/chevron-right.svg?url";
import xCircle from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/x-circle-fill.svg?url";
import xLarge from "/node_modules/@shoelace-style/shoelace/dist/assets/icons/x-lg.svg?url";
import "@shoelace-style/shoelace/dist/themes/light.css";
import "@shoelace-style/shoelace/dist/themes/dark.css";
import "@shoelace-style/shoelace/dist/components/badge/badge.js";
import "@shoelace-style/shoelace/dist/components/button/button.js";
import "@shoelace-style/shoelace/dist/components/dialog/dialog.js";
import "@shoelace-style/shoelace/dist/components/divider/divider.js";
import "@shoelace-style/shoelace/dist/components/dropdown/dropdown.js";
import "@shoelace-style/shoelace/dist/components/input/input.js";
import "@shoelace-style/shoelace/dist/components/menu/menu.js";
import "@shoelace-style/shoelace/dist/components/menu-item/menu-item.js";
import "@shoelace-style/shoelace/dist/components/option/option.js";
import "@shoelace-style/shoelace/dist/components/range/range.js";
import "@shoelace-style/shoelace/dist/components/select/select.js";
import "@shoelace-style/shoelace/dist/components/spinner/spinner.js";
import "@shoelace-style/shoelace/dist/components/switch/switch.js";
import "@shoelace-style/shoelace/dist/components/textarea/textarea.js";
import "@shoelace-style/shoelace/dist/components/tooltip/tooltip.js";
import { registerIconLibrary } from "@shoelace-style/shoelace/dist/utilities/icon-library.js";

const icons: Record<string, string> = {
  check,
  "chevron-down": chevronDown,
  "chevron-left": chevronLeft,
  "chevron-right": chevronRight,
  "x-circle-fill": xCircle,
  "x-lg": xLarge,
};
for (const library of ["system", "default"]) {
  registerIconLibrary(library, { resolver: (name) => icons[name] ?? check });
}
