import { Link } from '@tanstack/react-router';

export function AssetLink({ id, name }: { id: string | null | undefined; name: string }) {
  if (!id) return <span>{name}</span>;
  return (
    <Link to="/assets/$id" params={{ id }}>
      {name || id}
    </Link>
  );
}

export function PacketLinks({ packets, frame }: { packets: string[]; frame?: number }) {
  if (packets.length === 0) return <span className="muted">{frame ? `frame ${frame}` : '–'}</span>;
  return (
    <span className="row" style={{ gap: 6 }}>
      {packets.map((id, at) => (
        <Link key={`${id}${at}`} to="/packets/$id" params={{ id }} data-packet className="mono">
          {id.slice(-6)}
        </Link>
      ))}
    </span>
  );
}
