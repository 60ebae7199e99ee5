import { refusal, type NessieAnswer, type NessieHttp } from './http';

/** Every listing of API v2 comes in pages. */
export interface Page {
  readonly hasMore: boolean;
  readonly token?: string | null;
}

/** The pages of a listing, one request each. Throws what the server refuses. */
export async function* readPages<T extends Page>(
  http: NessieHttp,
  path: string,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<T> {
  let token: string | undefined;
  do {
    const answer: NessieAnswer<T> & { readonly kind: 'ok' | 'refused' } = await http.read<T>(
      path,
      token === undefined ? query : { ...query, 'page-token': token },
    );
    if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
    yield answer.body;
    token = answer.body.hasMore ? (answer.body.token ?? undefined) : undefined;
  } while (token !== undefined);
}
