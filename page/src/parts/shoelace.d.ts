// Shoelace's elements in JSX: properties as attributes, events as onsl-change and the like.
import "preact";

type ShoelaceElement = preact.JSX.HTMLAttributes<HTMLElement> & { [property: string]: unknown };

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "sl-badge": ShoelaceElement;
      "sl-button": ShoelaceElement;
      "sl-dialog": ShoelaceElement;
      "sl-divider": ShoelaceElement;
      "sl-dropdown": ShoelaceElement;
      "sl-input": ShoelaceElement;
      "sl-menu": ShoelaceElement;
      "sl-menu-item": ShoelaceElement;
      "sl-option": ShoelaceElement;
      "sl-range": ShoelaceElement;
      "sl-select": ShoelaceElement;
      "sl-spinner": ShoelaceElement;
      "sl-switch": ShoelaceElement;
      "sl-textarea": ShoelaceElement;
      "sl-tooltip": ShoelaceElement;
    }
  }
}
