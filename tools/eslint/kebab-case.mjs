import { basename } from 'node:path';

/** @type {import('eslint').Rule.RuleModule} */
const kebabCase = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Name files in kebab-case' },
    schema: [],
    messages: { name: 'Name this file in kebab-case: "{{ name }}"' },
  },
  create(context) {
    return {
      Program(node) {
        const name = basename(context.filename);
        if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$/.test(name)) {
          context.report({ node, messageId: 'name', data: { name } });
        }
      },
    };
  },
};

export default kebabCase;
