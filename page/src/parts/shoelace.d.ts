// Shoelace's elements in JSX: properties as attributes, events as onsl-change and the like.
import "preact";

type Element = preact.JSX.HTMLAttributes<HTMLElement> & { [property: string]: unknown };

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "sl-badge": Element;
      "sl-button": Element;
      "sl-dialog": Element;
      "sl-divider": Element;
      "sl-dropdown": Element;
      "sl-input": Element;
      "sl-menu": Element;
      "sl-menu-item": Element;
      "sl-option": Element;
      "sl-progress-bar": Element;
      "sl-range": Element;
      "sl-select": Element;
      "sl-spinner": Element;
      "sl-switch": Element;
      "sl-textarea": Element;
      "sl-tooltip": Element;
    }
  }
}
