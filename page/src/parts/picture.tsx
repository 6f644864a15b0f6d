// A picture of the interface, which may want a token: fetched, and shown from memory.
import { useEffect, useState } from "preact/hooks";

import { request } from "../api";
import { tell } from "../state/session";

export function Picture({ path, alt }: { path: string; alt: string }) {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const call = new AbortController();
    let made: string | null = null;
    request("GET", path, { signal: call.signal })
      .then((response) => response.blob())
      .then((blob) => {
        made = URL.createObjectURL(blob);
        setAddress(made);
      }, tell);
    return () => {
      call.abort();
      setAddress(null);
      if (made) {
        URL.revokeObjectURL(made);
      }
    };
  }, [path]);
  return address ? <img src={address} alt={alt} /> : <span class="picture-waits" role="img" aria-label={alt} />;
}
